import { builtinProfiles, extendProfiles, formatPath, type Profiles, readText } from '@walltime/core'
import { type Mistake, UserError } from '../user-error.ts'
import { readTextFile } from './read-text.ts'

/** What ids can name: the built-in profiles and those of the user's files, later files over earlier ones. */
export async function readProfiles(names: readonly string[] = []): Promise<Profiles> {
  let profiles = builtinProfiles
  for (const name of names) {
    const { file, text } = await readTextFile(name)
    const result = readText(text)
    if (!result.ok) throw new UserError([{ ...result.issue, path: '', file, ...result.position }])
    const { parsed } = result
    const extended = extendProfiles(profiles, parsed.data, [])
    if (Array.isArray(extended)) {
      throw new UserError(
        extended.map(
          (issue): Mistake => ({
            code: issue.code,
            message: issue.message,
            path: formatPath(issue.path),
            file,
            ...parsed.position(issue.path, issue.code.endsWith('.key')),
          }),
        ),
      )
    }
    profiles = extended as Profiles
  }
  return profiles
}
