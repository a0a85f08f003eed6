/** One training step in TensorFlow.js, for comparison; the protocol is that of torch_step.py. */
import { serveSteps } from './protocol.mjs'
import { ready } from './tfjs.mjs'

await serveSteps(await ready())
