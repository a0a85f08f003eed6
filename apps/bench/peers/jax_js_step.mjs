/** One training step in jax-js, for comparison; the protocol is that of torch_step.py. */
import { ready } from './jax_js_forms.mjs'
import { serveSteps } from './protocol.mjs'

await serveSteps(await ready())
