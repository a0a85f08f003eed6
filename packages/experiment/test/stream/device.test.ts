/** A pseudo terminal in the place of a serial port: `script` holds its other end. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { readText } from '../../src/node/stream/readText.js'

test('a device that is unplugged has ended, and its lines are there', async () => {
  const holder = spawn('script', ['-qfc', 'stty raw -echo; tty; exec sleep 60', '/dev/null'])
  try {
    const [name] = (await once(holder.stdout, 'data')) as [Buffer]
    const source = /\/dev\/pts\/\d+/.exec(name.toString())![0]
    holder.stdin.write('1\n2\n')
    let text = ''
    for await (const piece of readText(source)) {
      text += piece
      if (text.endsWith('2\n')) holder.kill('SIGKILL')
    }
    expect(text).toContain('1\n2\n')
  } finally {
    holder.kill('SIGKILL')
  }
})
