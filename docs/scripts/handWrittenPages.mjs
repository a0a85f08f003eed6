import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const folders = ['docs', 'docs/choosing', 'docs/own', 'docs/start']

/**
 * Pages and READMEs that are written by hand, except for the tables that they take from declarations.
 *
 * @param {string} root the folder of the project
 * @returns {string[]} paths from there
 */
export const handWrittenPages = (root) => [
  ...folders.flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  ),
  ...['packages', 'apps'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .map((name) => `${folder}/${name}/README.md`)
      .filter((path) => existsSync(join(root, path))),
  ),
]
