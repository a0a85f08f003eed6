import { peerScript } from '../paths.js'
import { startPeer } from './peer.js'
import type { PeerEntry } from './peer.js'
import { interpreterWith, pythonEnvironment } from './python.js'

/**
 * A Python library of spiking layers on top of PyTorch. Neither Debian nor npm packages one, so users install it
 * themselves.
 */
export function layersPeer(module: string, title: string): PeerEntry {
  return {
    about: `${title}: its own layers and surrogates, reverse mode`,
    install: { pip: [module] },
    async start(task, specification, threads) {
      const env = pythonEnvironment(threads)
      const found = interpreterWith(['torch', module], env)
      if (found === null) {
        return {
          name: module,
          absent: `no python3 with torch and ${module} was found; Debian does not package it: pip install ${module}`,
        }
      }
      return startPeer({
        name: module,
        command: found,
        args: [peerScript(`python/torch_layers_${task}.py`), specification, module],
        env,
      })
    },
  }
}
