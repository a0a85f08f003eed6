/**
 * `npm run docs`: the documentation as one static site, docs/.vitepress/dist. TypeDoc writes the API's pages, VitePress the
 * site; a link to nowhere or a warning of either fails it. With `serve` it is also served on this machine.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ensureInstalled, root, toolEnvironment } from './lib/setup.mjs'

ensureInstalled()
for (const [command, ...args] of [
  ['typedoc', '--treatWarningsAsErrors', '--logLevel', 'Warn'],
  ['vitepress', 'build'],
  ...(process.argv.includes('serve') ? [['vitepress', 'preview']] : []),
]) {
  const done = spawnSync(join(root, 'docs/node_modules/.bin', command ?? ''), args, {
    cwd: join(root, 'docs'),
    env: toolEnvironment(),
    stdio: 'inherit',
  })
  if (done.status !== 0) process.exit(done.status ?? 1)
}
if (!process.argv.includes('serve'))
  console.log('docs/.vitepress/dist: serve it from any host, or view it by npm run docs serve')
