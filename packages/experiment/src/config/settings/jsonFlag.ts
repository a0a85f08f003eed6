import { defineOptions, flag } from '@spikeward/core'

/** Whether a command writes for programs. */
export const jsonFlag = /* @__PURE__ */ defineOptions(() => ({
  json: flag({ default: false, help: 'print one JSON object on the last line of standard output' }),
}))
