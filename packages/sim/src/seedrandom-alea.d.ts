/** The one generator used; the package's main module would pull in `crypto`. */
declare module 'seedrandom/lib/alea.js' {
  export default function alea(seed: string): () => number
}
