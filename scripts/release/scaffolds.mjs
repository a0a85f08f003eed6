/** The projects of `npm create spikeward`, written by the packed command and installed from the tarballs. */
import { join } from 'node:path'
import { run } from './pack.mjs'
import { judgeOutput } from './project.mjs'

/** The commands that a user runs in each project after `npm install`. */
const projects = {
  node: [['npm', 'start', '--silent']],
  page: [['npm', 'run', 'build', '--silent']],
  // docs/test/notebook.test.ts runs the cells in Deno's kernel.
  notebook: [['node', '-e', "import('spikeward/notebook').then((all) => console.log(Object.keys(all)))"]],
  estimator: [
    ['npm', 'test', '--silent'],
    ['npm', 'start', '--silent'],
  ],
  problem: [
    ['npm', 'test', '--silent'],
    ['npm', 'start', '--silent'],
  ],
}

/**
 * @param {string} project where create-spikeward is installed
 * @param {string} tarballs
 * @returns {[title: string, problem: string | undefined][]}
 */
export function tryScaffolds(project, tarballs) {
  const command = join(project, 'node_modules/create-spikeward/bin/main.mjs')
  return Object.entries(projects).flatMap(([template, commands]) => {
    const folder = join(project, '..', `from-${template}`)
    const written = run('node', [command, folder, '--template', template, '--tarballs', tarballs], project)
    const installed =
      written.problem ??
      run('npm', ['install', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], folder).problem
    return [
      /** @type {[string, string | undefined]} */ ([
        `npm create spikeward --template ${template}, installed`,
        installed,
      ]),
      ...commands.map(([program = '', ...args]) => {
        const { output, problem } =
          installed === undefined ? run(program, args, folder) : { output: '', problem: installed }
        return /** @type {[string, string | undefined]} */ ([
          `${template}: ${program} ${args.join(' ')}`,
          problem ?? judgeOutput(output),
        ])
      }),
    ]
  })
}
