import type { Reporter, TestModule } from 'vitest/node'

/** Prints `N passed, N failed` as the last line; a file that cannot be imported counts as failed. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    let passed = 0
    let failed = errors.length
    for (const module of modules) {
      const tests = [...module.children.allTests()]
      passed += tests.filter((test) => test.result().state === 'passed').length
      const own = tests.filter((test) => test.result().state === 'failed').length
      failed += own === 0 && module.state() === 'failed' ? 1 : own
    }
    process.on('exit', () => {
      console.log(`${passed} passed, ${failed} failed`)
    })
  }
}
