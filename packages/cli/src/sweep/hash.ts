/**
 * A 32-bit hash of a text whose bits all depend on all of it: FNV-1a (Fowler, Noll and Vo), mixed at the end by the
 * finaliser of MurmurHash3 (Appleby). Draws by it depend on their name alone, on no draw before.
 */
export function hash(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
