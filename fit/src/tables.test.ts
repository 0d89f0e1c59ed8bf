import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { column, label, listTables, readTable, TableError } from './tables.ts'

let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'walltime-fit-'))
  const buffer = parquetWriteBuffer({
    columnData: [
      { name: 'framework', data: ['X', 'X', 'X'], type: 'STRING' },
      { name: 'gemm_dtype', data: ['fp8', 'bfloat16', 'fp8'], type: 'STRING' },
      { name: 'm', data: [1n, 2n, 3n], type: 'INT64' },
      { name: 'latency', data: [0.5, 1.5, 2.5], type: 'DOUBLE' },
    ],
  })
  writeFileSync(join(folder, 'h100_sxm.gemm.some-1.0.parquet'), new Uint8Array(buffer))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('tables', () => {
  it('reads columns of numbers and of text', async () => {
    const table = await readTable(folder, 'h100_sxm', 'gemm')
    if (table === null) throw new Error('no table')
    expect(table.rows).toBe(3)
    expect([...column(table, 'm')]).toEqual([1, 2, 3])
    expect([...column(table, 'latency')]).toEqual([0.5, 1.5, 2.5])
    expect([0, 1, 2].map((row) => label(table, 'gemm_dtype', row))).toEqual(['fp8', 'bfloat16', 'fp8'])
  })

  it('fills a missing column, or names those that there are', async () => {
    const table = await readTable(folder, 'h100_sxm', 'gemm')
    if (table === null) throw new Error('no table')
    expect([...column(table, 'window_size', 7)]).toEqual([7, 7, 7])
    expect(label(table, 'kernel_source', 0)).toBe('')
    expect(() => column(table, 'window_size')).toThrow(/no column window_size: the table has .*latency/)
  })

  it('has no table of another kind', async () => {
    expect(await readTable(folder, 'h100_sxm', 'nccl')).toBeNull()
  })

  it('says what is wrong with a folder', () => {
    expect(() => listTables(join(folder, 'nowhere'))).toThrow(TableError)
    const empty = mkdtempSync(join(tmpdir(), 'walltime-fit-'))
    expect(() => listTables(empty)).toThrow(/no .parquet file in/)
    rmSync(empty, { recursive: true })
  })
})
