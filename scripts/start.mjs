/**
 * `npm start`: the main job from a fresh clone. The Mexican hat is learned for at most 8 s each by random directions,
 * by eligibility traces and by back-propagation; one figure and one table compare error, time, memory and passes.
 * Further arguments are passed on.
 */
import { runApplication } from './lib/setup.mjs'

const job =
  'compare mexican-hat --estimators rfg:directions=8,eligibility,bp --seconds 8 --keys 1 --rates 1 --backend auto'

const why =
  'rfg ends far above the others: a step measures the slope of the loss along 8 random directions of all weights, and nothing else. It is for losses without layers, such as simulators, and for chips that only run forward.\nEach trains for at most 8 s; the column of seconds says when one ended earlier.\nMiB are of one hidden layer under a constant current, a quantised dense layer: memory that does not depend on T is no merit here.'

process.once('exit', (code) => {
  if (code === 0) console.error(why)
})
await runApplication('cli', [...job.split(' '), ...process.argv.slice(2)])
