/**
 * Registers the hooks of the module loader on the first import, once per process. If the command runs from its sources,
 * as in tests, the runner itself finds and compiles modules.
 */
import { existsSync } from 'node:fs'
import { register } from 'node:module'

const hooks = new URL('./node/plugins/moduleHooks.js', import.meta.url)
if (existsSync(hooks)) register(hooks)
