import { fileURLToPath } from 'node:url'

// This file stands in src, and its bundle in dist: both beside the folder of the peers.

/** The step in PyTorch. */
export const torchStep = fileURLToPath(new URL('../peers/torch_step.py', import.meta.url))

/** The step in jax-js. */
export const jaxJsStep = fileURLToPath(new URL('../peers/jax_js_step.mjs', import.meta.url))
