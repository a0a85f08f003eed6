/** `npm start`: the main job from a fresh clone, the Mexican hat trained forward only. Further arguments are passed on. */
import { runApplication } from './lib/setup.mjs'

const job = 'train mexican-hat --estimator rfg --scope global --directions 8 --backend auto --key 0'

await runApplication('cli', [...job.split(' '), ...process.argv.slice(2)])
