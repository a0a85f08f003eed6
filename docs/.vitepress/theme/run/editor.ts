import { javascript } from '@codemirror/lang-javascript'
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { tags } from '@lezer/highlight'
import { EditorView, basicSetup } from 'codemirror'
import type { Printed } from './printed.js'

/** Colours that are readable on white: the default ones are too pale. */
const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword], color: '#a3211f' },
  { tag: [tags.string, tags.special(tags.string)], color: '#1d5f2e' },
  { tag: [tags.number, tags.bool, tags.null], color: '#1f4f8b' },
  { tag: tags.comment, color: '#5f5b54', fontStyle: 'italic' },
])

/** Puts an editor in the place of a program, and runs its text in a Worker of its own. */
export function openEditor(block: HTMLElement, bar: HTMLElement, code: string): void {
  const place = document.createElement('div')
  place.className = 'run-editor'
  block.replaceWith(place)
  const label = EditorView.contentAttributes.of({ 'aria-label': 'Program' })
  const editor = new EditorView({
    doc: code.trimEnd(),
    extensions: [
      basicSetup,
      javascript({ typescript: true }),
      syntaxHighlighting(colours),
      EditorView.lineWrapping,
      label,
    ],
    parent: place,
  })
  const output = document.createElement('output')
  const run = button('Run')
  const stop = button('Stop')
  const reset = button('Reset')
  bar.replaceChildren(run, stop, reset, output)
  let worker: Worker | null = null

  const end = (): void => {
    worker?.terminate()
    worker = null
    run.disabled = false
    stop.disabled = true
  }
  const begin = (): void => {
    end()
    output.textContent = ''
    output.dataset['state'] = 'running'
    run.disabled = true
    stop.disabled = false
    worker = new Worker(new URL('./runner.worker.ts', import.meta.url), { type: 'module' })
    worker.onmessage = ({ data }: MessageEvent<Printed>) => {
      if (data.type === 'line') output.append(`${data.text}\n`)
      if (data.type === 'failed') output.append(`${data.message}\n`)
      if (data.type === 'line') return
      output.dataset['state'] = data.type
      end()
    }
    worker.onerror = ({ message }) => {
      output.append(`${message}\n`)
      output.dataset['state'] = 'failed'
      end()
    }
    worker.postMessage(editor.state.doc.toString())
  }
  run.addEventListener('click', begin)
  stop.addEventListener('click', () => {
    end()
    output.dataset['state'] = 'stopped'
  })
  reset.addEventListener('click', () =>
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: code.trimEnd() } }),
  )
  begin()
}

function button(text: string): HTMLButtonElement {
  const made = document.createElement('button')
  made.type = 'button'
  made.textContent = text
  return made
}
