/** Trains in TensorFlow.js by back-propagation, for comparison; the protocol is that of torch_train.py. */
import * as tf from '@tensorflow/tfjs-core'
import { serveTrainings } from './protocol.mjs'
import { batch, candidates, makeTraining, output, ready, spec } from './tfjs.mjs'

const tensor = (values) => tf.tensor(values, [batch, values.length / batch], 'float32')

await ready()
await serveTrainings(spec, batch, (form) => {
  const { params, update, dispose } = makeTraining(candidates[form].gradient)
  return {
    async step(x, y, rate) {
      const value = tf.tidy(() => update(tensor(x), tensor(y), rate))
      await value.data()
      value.dispose()
    },
    predict: async (x) => {
      const found = tf.tidy(() => output(params, tensor(x)))
      const values = await found.data()
      found.dispose()
      return values
    },
    dispose,
  }
})
