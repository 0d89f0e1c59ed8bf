/** comlink ships the types of this file for ES modules only; in Node its default export is the function itself. */
declare module 'comlink/dist/umd/node-adapter.js' {
  import type { Endpoint } from 'comlink'
  export default function nodeEndpoint(port: unknown): Endpoint
}
