/** Splits at commas outside brackets and quotes: `[1,2],{a: 3}` are two values. */
export function splitList(text: string): readonly string[] {
  const items: string[] = []
  let item = ''
  let depth = 0
  let quote = ''
  for (const c of text) {
    if (quote !== '') quote = c === quote ? '' : quote
    else if (c === '"' || c === "'") quote = c
    else if (c === '[' || c === '{') depth++
    else if (c === ']' || c === '}') depth--
    if (c === ',' && depth === 0 && quote === '') {
      items.push(item)
      item = ''
    } else item += c
  }
  return [...items, item].map((i) => i.trim())
}
