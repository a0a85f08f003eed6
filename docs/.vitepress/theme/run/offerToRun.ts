/** What a page cannot run: programs for Node, contract tests, and parts of other programs. */
const elsewhere = /from '(node:|vitest|@spikeward\/(backend-native|testkit|backend-auto|[\w-]+\/node))|new Worker\(/

/** Adds a button to every program of a page that can run in a page. The editor is loaded when one is pressed. */
export function offerToRun(page: Document): void {
  for (const block of page.querySelectorAll<HTMLElement>('.vp-doc div.language-ts')) {
    const code = block.querySelector('code')?.textContent ?? ''
    if (!code.includes("from '@spikeward/") || elsewhere.test(code) || block.nextElementSibling?.matches('.run-bar'))
      continue
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
