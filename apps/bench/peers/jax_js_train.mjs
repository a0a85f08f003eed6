/** Trains in jax-js by back-propagation, for comparison; the protocol is that of torch_train.py. */
import { batch, fixed, jax, output, spec } from './jax_js.mjs'
import { candidates, firstState, makeUpdate, ready } from './jax_js_forms.mjs'
import { serveTrainings } from './protocol.mjs'

const { jit, numpy: np, tree } = jax
const rest = fixed()
const tensor = (values) => np.array(values).reshape([batch, -1])
const updates = {}
const network = jit(output)

await ready()
await serveTrainings(spec, batch, (form) => {
  updates[form] ??= makeUpdate(candidates[form].gradient)
  let state = firstState()
  return {
    // Work that is not awaited accumulates, and each step then costs more than the one before.
    async step(x, y, rate) {
      const { value, ...next } = updates[form](state, tensor(x), tensor(y), tree.ref(rest), np.array(rate))
      state = next
      await value.data()
    },
    predict: (x) => network(tree.ref(state.params), tensor(x), tree.ref(rest)).data(),
    dispose: () => tree.dispose(state),
  }
})
