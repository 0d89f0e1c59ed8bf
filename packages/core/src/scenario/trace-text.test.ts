import { describe, expect, it } from 'vitest'
import { namedFiles } from './read.ts'
import { problemsOf, withReliability } from './reliability.fixture.ts'
import { readIncidents } from './trace-text.ts'

describe('a record of incidents', () => {
  it('counts hours', () => {
    expect(readIncidents('time\n0.5\n2\n')).toMatchObject({
      dates: false,
      lines: [{ seconds: 1800 }, { seconds: 7200 }],
    })
  })

  it('reads dates, in UTC unless they name a zone', () => {
    const record = readIncidents('class,time,nodes\ngpu,2024-03-01T12:00,1\n"nic",2024-03-01 14:00:00+01:00,\n')
    expect(record).toMatchObject({
      dates: true,
      lines: [
        { line: 2, seconds: Date.UTC(2024, 2, 1, 12) / 1000, class: 'gpu', nodes: 1 },
        { line: 3, seconds: Date.UTC(2024, 2, 1, 13) / 1000, class: 'nic', nodes: undefined },
      ],
    })
  })

  it.each([
    ['', /line 1 must name the columns/],
    ['1\n2\n', /line 1 must name the columns/],
    ['time,clas\n1,a\n', /line 1: unknown column "clas"; did you mean "class"/],
    ['time,time\n1,2\n', /twice/],
    ['time\n', /no incident/],
    ['time\n1\n\n2\n', /line 3 is empty: a gap/],
    ['time,class\n,gpu\n', /line 2 has no time: a gap/],
    ['time,class\n1\n', /line 2 has 1 cells, not 2/],
    ['time\nyesterday\n', /line 2: "yesterday" is no ISO date/],
    ['time\n2024-13-45\n', /line 2: "2024-13-45" is no ISO date/],
    ['time\n1\n2024-01-01\n', /line 3: dates and hours/],
    ['time\n5\n3\n', /line 3 lies before line 2: sort/],
    ['time,class\n5,a\n5,b\n5,a\n', /line 4 overlaps line 2/],
    ['time,nodes\n5,many\n', /line 2: nodes must be a whole number/],
    ['time\n-5\n', /line 2: "-5" is no ISO date/],
  ])('%j is refused', (text, message) => {
    expect(readIncidents(text)).toMatch(message)
  })

  it('tells a silence that random incidents would hardly leave', () => {
    const times = [...Array(20).keys(), 200, 201, 202]
    const record = readIncidents(`time\n${times.join('\n')}\n`)
    expect(typeof record === 'string' ? [] : record.doubts).toEqual([
      'no incident for 181 h between lines 21 and 22: is the record whole?',
    ])
    expect(readIncidents(`time\n${[...Array(20).keys()].join('\n')}\n`)).toMatchObject({ doubts: [] })
  })
})

describe('a class from a record', () => {
  const file = 'time,class,nodes\n10,gpu,1\n20,gpu,1\n30,power,64\n40,gpu,1\n'
  const options = { files: new Map([['past.csv', file]]) }
  const section = (id: string, more = '') => `failures: [{ id: ${id}, per: job, trace: { file: past.csv${more} } }]`

  it('takes the lines of its class, for as long as the record goes', () => {
    const [gpu] = withReliability(section('gpu', ', length: 2 days'), '', options).reliability.failures.classes
    expect(gpu).toMatchObject({
      id: 'gpu',
      radius: 1,
      rate: 3 / (2 * 86_400),
      trace: { times: [36_000, 72_000, 144_000], lengthSeconds: 2 * 86_400, start: 'random' },
    })
  })

  it('ends a mean interval after its last incident where no length is given, and says so', () => {
    const scenario = withReliability(section('gpu'), '', options)
    expect(scenario.reliability.failures.classes[0]?.trace?.lengthSeconds).toBe(50 * 3600)
    expect(scenario.assumptions.map(({ path }) => path)).toContain('reliability.failures.gpu.trace.length')
  })

  it('becomes several where its incidents took different numbers of nodes', () => {
    const mixed = 'failures: [{ id: x, per: job, trace: { text: "time,nodes\\n1,1\\n2,8\\n3,1" } }]'
    const classes = withReliability(mixed).reliability.failures.classes
    expect(classes.map(({ id, radius, trace }) => [id, radius, trace?.times])).toEqual([
      ['x (1 nodes)', 1, [3600, 10_800]],
      ['x (8 nodes)', 8, [7200]],
    ])
  })

  it('says what is wrong with it, at its place', () => {
    expect(problemsOf(section('pwer'), '', options).join()).toMatch(/class "pwer"; did you mean "power"/)
    expect(problemsOf(section('gpu', ', length: 30 h'), '', options).join()).toMatch(/ends before its last incident/)
    expect(problemsOf(section('gpu')).join()).toMatch(/failures\.trace .*past\.csv was not read/)
    expect(problemsOf('failures: [{ id: x, per: job, trace: {} }]').join()).toMatch(/either file or text/)
    const unsorted = { files: new Map([['past.csv', 'time\n2\n1\n']]) }
    expect(problemsOf(section('gpu'), '', unsorted)[0]).toMatch(/^7:50 failures\.trace .*line 3 lies before line 2/)
  })

  it('names its file, so that it can be read', () => {
    const text = 'reliability: { failures: { extends: none, classes: [{ id: x, trace: { file: a.csv } }] } }'
    expect(namedFiles(text)).toEqual(['a.csv'])
    expect(namedFiles('reliability: { failures: llama3-2024 }')).toEqual([])
    expect(namedFiles('{')).toEqual([])
  })
})
