/** The one generator used; the package's main module would pull in `crypto`. */
declare module 'seedrandom/lib/alea.js' {
  interface AleaState {
    readonly c: number
    readonly s0: number
    readonly s1: number
    readonly s2: number
  }
  export default function alea(seed: string, options?: { readonly state: AleaState }): () => number
}
