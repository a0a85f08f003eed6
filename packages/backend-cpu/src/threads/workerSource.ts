import { mathFunctions } from '../kernel/math.js'
import { commands, control } from './barrier.js'

/**
 * How often a worker polls the epoch before it sleeps: a fraction of a millisecond, so that it is still awake when runs
 * follow each other closely.
 */
const SPINS = 20000

/**
 * The script of a worker as text, which works from source, from a bundle and in a Blob. The worker synchronises with
 * the main thread through the first bytes of the shared memory: it sleeps until the epoch changes, does the command,
 * and sleeps again. Modules are passed as bytes in that memory, because a waiting worker receives no messages.
 */
export const workerSource = `'use strict';
(() => {
  const begin = ({ memory, thread }, ready) => {
    const at = (byte) => byte >> 2
    const cells = new Int32Array(memory.buffer, 0, 256)
    const env = {
      memory, ${mathFunctions.map((name) => `${name}: Math.${name}`).join(', ')},
      rem: (x, y) => x % y, mark: () => {},
    }
    const modules = new Map()
    const finished = () => { Atomics.add(cells, at(${control.done}), 1); Atomics.notify(cells, at(${control.done})) }
    let seen = Atomics.load(cells, at(${control.epoch}))
    ready()
    for (;;) {
      let spins = 0
      while (Atomics.load(cells, at(${control.epoch})) === seen) {
        if (++spins < ${SPINS}) continue
        Atomics.add(cells, at(${control.sleepers}), 1)
        Atomics.wait(cells, at(${control.epoch}), seen)
        Atomics.sub(cells, at(${control.sleepers}), 1)
      }
      seen = Atomics.load(cells, at(${control.epoch}))
      const command = cells[at(${control.command})]
      const id = cells[at(${control.module})]
      const argument = cells[at(${control.argument})] >>> 0
      const length = cells[at(${control.length})] >>> 0
      try {
        if (command === ${commands.run}) modules.get(id)(thread, argument)
        else if (command === ${commands.load}) {
          memory.grow(0) // makes this thread's view of the memory as long as the memory is
          const bytes = new Uint8Array(memory.buffer, argument, length).slice()
          modules.set(id, new WebAssembly.Instance(new WebAssembly.Module(bytes), { env }).exports.run)
          finished()
        } else if (command === ${commands.unload}) {
          modules.delete(id)
          finished()
        } else return finished()
      } catch (error) {
        console.error('spikeward: a worker of the cpu backend failed', error)
        Atomics.store(cells, at(${control.failed}), 1)
        for (const cell of [${control.done}, ${control.turn}]) Atomics.notify(cells, at(cell))
        return
      }
    }
  }
  if (typeof require === 'function') {
    const { parentPort, workerData } = require('node:worker_threads')
    begin(workerData, () => parentPort.postMessage('ready'))
  } else self.onmessage = ({ data }) => begin(data, () => self.postMessage('ready'))
})()
`
