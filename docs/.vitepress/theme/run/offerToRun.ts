import { isRunnable } from './isRunnable.js'

/** Adds a button to every program of a page that can run in a page. The editor is loaded when one is pressed. */
export function offerToRun(page: Document): void {
  for (const block of page.querySelectorAll<HTMLElement>('.vp-doc div.language-ts')) {
    const code = block.querySelector('code')?.textContent ?? ''
    if (!isRunnable(code) || block.nextElementSibling?.matches('.run-bar')) continue
    const bar = page.createElement('div')
    bar.className = 'run-bar'
    const button = page.createElement('button')
    button.type = 'button'
    button.textContent = 'Edit and run'
    button.addEventListener('click', () => {
      button.disabled = true
      void import('./editor.js').then(({ openEditor }) => openEditor(block, bar, code))
    })
    bar.append(button)
    block.after(bar)
  }
}
