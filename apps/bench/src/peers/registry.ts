/** The peers: other libraries that take the same step. A new peer needs its script and a row here. */
import { peerScript } from '../io.js'
import { type PeerEntry, startPeer } from './peer.js'
import { interpreterWith, pythonEnvironment } from './python.js'

/** A library of JavaScript, in a process of Node; its script has its name with underscores. */
const ofNode = (name: string, about: string): PeerEntry => ({
  about,
  start: (task, specification) =>
    startPeer({
      name,
      command: process.execPath,
      args: [peerScript(`${name.replace('-', '_')}.mjs`), specification, task],
      env: process.env,
    }),
})

/** A library of Python: the modules that it needs, and how they are installed. */
const ofPython = (
  name: string,
  about: string,
  [modules, source]: readonly [modules: readonly string[], source: string],
  more: readonly string[] = [],
): PeerEntry => ({
  about,
  async start(task, specification, threads, instructionSet) {
    const env = pythonEnvironment(threads, instructionSet)
    const python = interpreterWith(modules, env)
    if (python === null) return { name, absent: `no python3 with ${modules.join(' and ')} was found; ${source}` }
    return startPeer({
      name,
      command: python,
      args: [peerScript('python/torch_peer.py'), specification, task, ...more],
      // The one step compiles in the peer's process: each further process would load PyTorch first.
      env: { ...env, TORCHINDUCTOR_COMPILE_THREADS: '1' },
    })
  },
})

/** A library of spiking layers on PyTorch, which users install themselves. */
const ofLayers = (module: string, title: string): PeerEntry =>
  ofPython(
    module,
    `${title}: its own layers and surrogates, reverse mode`,
    [['torch', module], `Debian does not package it: pip install ${module}`],
    [module],
  )

/** Peers by name. With our webgpu backend jax-js and TensorFlow.js use their own WebGPU, else one thread. */
export const peerEntries = {
  torch: ofPython('torch', 'PyTorch: eager, torch.func, torch.compile', [
    ['torch'],
    'Debian has python3-torch and libopenblas0-pthread',
  ]),
  'jax-js': ofNode('jax-js', 'jax-js under jit, WebAssembly or WebGPU'),
  tfjs: ofNode('tfjs', 'TensorFlow.js, in plain JavaScript or on WebGPU'),
  snntorch: ofLayers('snntorch', 'snnTorch'),
  spikingjelly: ofLayers('spikingjelly', 'SpikingJelly'),
} satisfies Record<string, PeerEntry>

export type PeerName = keyof typeof peerEntries

export const peerNames = Object.keys(peerEntries) as PeerName[]
