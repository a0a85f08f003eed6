import { defineOptions, estimatorOption } from '@spikeward/core'

/** The argument of combinators that wrap one estimator. */
export const innerArgument = /* @__PURE__ */ defineOptions(() => ({
  inner: estimatorOption({ required: true, help: 'the wrapped estimator' }),
}))
