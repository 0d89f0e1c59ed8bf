import { type Path, parsePath, readText, type Setting } from '@walltime/core'
import { UserError } from '../user-error.ts'

function refuse(option: string, text: string, message: string): UserError {
  return new UserError([{ code: 'option.set', option: `${option} ${text}`, message }])
}

/** A path into the scenario, as an option of the command line names it. */
export function readPath(option: string, text: string, path: string): Path {
  const steps = parsePath(path)
  if (steps === null)
    throw refuse(option, text, `${JSON.stringify(path)} is no path into a scenario; write it like cluster.chips`)
  return steps
}

/** A value on the command line, read as YAML. */
export function readValue(option: string, text: string, value: string): unknown {
  const result = readText(value)
  if (!result.ok) {
    const why = result.issue.code === 'yaml.empty' ? 'the value is missing' : result.issue.message
    throw refuse(option, text, `${why}; write it like cluster.chips=16384`)
  }
  return result.parsed.data
}

/** `PATH=VALUE` of an option. */
export function readSetting(option: string, text: string): Setting {
  const equals = text.indexOf('=')
  if (equals < 0) throw refuse(option, text, 'no "="; write PATH=VALUE, such as cluster.chips=16384')
  const path = readPath(option, text, text.slice(0, equals).trim())
  return { path, value: readValue(option, text, text.slice(equals + 1)), text: `${option} ${text}` }
}
