// Draws docs/main-run.svg, the picture of the README: parts of a step and distribution of days of the main scenario.
import { readFileSync, writeFileSync } from 'node:fs'
import { type Estimate, estimate, parseScenario } from '@walltime/core'
import { type RunDistribution, simulate } from '@walltime/sim'

const root = new URL('..', import.meta.url)
const scenario = parseScenario(readFileSync(new URL('scenarios/llama-3.1-405b-16k-h100.yaml', root), 'utf8'))
const estimated = estimate(scenario)
const simulated = await simulate(scenario, { estimate: estimated, keepTrials: true })

const WIDTH = 860
const DAY = 86400
const COLOURS = [
  '#2f6690',
  '#81a4cd',
  '#e07a5f',
  '#f2cc8f',
  '#81b29a',
  '#3d405b',
  '#b56576',
  '#6d597a',
  '#adb5bd',
  '#495057',
]

const text = (x: number, y: number, content: string, attributes = '') =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${content}</text>`
const box = (x: number, y: number, width: number, height: number, fill: string) =>
  `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${width.toFixed(1)}" height="${height.toFixed(1)}" fill="${fill}"/>`

function stepBar({ step }: Estimate, top: number): string[] {
  const parts = Object.entries(step.breakdown).filter(([, seconds]) => seconds / step.seconds > 0.005)
  const scale = (WIDTH - 40) / step.seconds
  let x = 20
  const bars = parts.flatMap(([, seconds], i) => {
    const drawn = box(x, top + 14, seconds * scale, 34, COLOURS[i] ?? '#000')
    x += seconds * scale
    return drawn
  })
  const legend = parts.flatMap(([part, seconds], i) => {
    const left = 20 + (i % 4) * 205
    const y = top + 72 + Math.floor(i / 4) * 22
    return [box(left, y - 10, 12, 12, COLOURS[i] ?? '#000'), text(left + 18, y, `${part} ${seconds.toFixed(2)} s`)]
  })
  const title = `A step: ${step.seconds.toFixed(2)} s (90 %: ${step.interval90.map((s) => s.toFixed(2)).join(' to ')} s), MFU ${(100 * step.mfu).toFixed(0)} %`
  return [text(20, top, title, 'font-weight="bold"'), ...bars, ...legend]
}

function daysHistogram({ wallClockSeconds, columns }: RunDistribution, top: number): string[] {
  const days = [...(columns?.wallClockSeconds ?? [])].map((seconds) => seconds / DAY).sort((a, b) => a - b)
  const low = Math.floor(days[Math.floor(days.length * 0.002)] ?? 0)
  const high = Math.ceil(days[Math.floor(days.length * 0.998)] ?? 1)
  const bins = 60
  const counts = Array.from({ length: bins }, () => 0)
  for (const day of days) {
    const bin = Math.floor(((day - low) / (high - low)) * bins)
    if (bin >= 0 && bin < bins) counts[bin] = (counts[bin] ?? 0) + 1
  }
  const height = 150
  const scaleX = (WIDTH - 40) / (high - low)
  const most = Math.max(...counts)
  const bars = counts.map((count, i) => {
    const tall = (count / most) * height
    return box(20 + (i * (WIDTH - 40)) / bins, top + 36 + height - tall, (WIDTH - 40) / bins - 1.5, tall, '#81a4cd')
  })
  const marks = (['p5', 'p50', 'p95'] as const).flatMap((name) => {
    const x = 20 + (wallClockSeconds[name] / DAY - low) * scaleX
    const label = `${name.toUpperCase()} ${(wallClockSeconds[name] / DAY).toFixed(0)} days`
    return [
      `<line x1="${x.toFixed(1)}" x2="${x.toFixed(1)}" y1="${top + 14}" y2="${top + 36 + height}" stroke="#e07a5f" stroke-width="2"/>`,
      text(x + 4, top + 26, label, 'fill="#b5442a"'),
    ]
  })
  const title = `The run: ${simulated.trials.toLocaleString('en')} trials with failures, restarts, checkpoints and what is not known`
  return [text(20, top, title, 'font-weight="bold"'), ...bars, ...marks]
}

const body = [
  text(20, 30, scenario.name, 'font-size="18" font-weight="bold"'),
  ...stepBar(estimated, 64),
  ...daysHistogram(simulated, 216),
]
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} 420" font-family="system-ui, sans-serif" font-size="14" fill="#222">
<title>${scenario.name}: parts of a step and distribution of days</title>
<rect width="${WIDTH}" height="420" fill="#fff"/>
${body.join('\n')}
</svg>
`
writeFileSync(new URL('docs/main-run.svg', root), svg)
