/**
 * Registers the hooks of the module loader when it is imported first, which a module does once in a process. Where the
 * command runs from its sources, as in tests, what runs it finds and compiles modules itself.
 */
import { existsSync } from 'node:fs'
import { register } from 'node:module'

const hooks = new URL('./plugins/moduleHooks.js', import.meta.url)
if (existsSync(hooks)) register(hooks)
