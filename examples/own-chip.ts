// A chip of one's own: start from one that ships, change what differs, and compare.
import { estimate, parseScenario } from '@walltime/core'

const withSystem = (system: string) => `
profiles:
  chips:
    h100-twice-the-memory: {extends: h100-sxm, memory: {bytes: 160 GiB, bandwidth: 5 TB/s}}
  systems:
    our-box: {extends: hgx-h100, chip: h100-twice-the-memory, nicsPerNode: 4}
model: llama-3-70b
cluster: {system: ${system}, chips: 256}
training: {tokens: 1T tokens, sequenceLength: 8192, globalBatch: 512}
parallelism: {tp: 4, pp: 2}
cost: {price: 2.50 USD/chip-hour}
`
for (const system of ['hgx-h100', 'our-box']) {
  const { step, memory } = estimate(parseScenario(withSystem(system)))
  const room = memory.fits ? 'fits' : 'does not fit'
  console.log(
    `${system}: step ${step.seconds.toFixed(2)} s, ${room} in ${(memory.capacityBytes / 2 ** 30).toFixed(0)} GiB`,
  )
}
