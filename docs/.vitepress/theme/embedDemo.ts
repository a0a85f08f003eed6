/**
 * The demo takes the place of its picture when a reader asks for it: until then a page loads one image. Without scripts
 * the picture is a link to the demo.
 */
export function embedDemo(page: Document): void {
  for (const poster of page.querySelectorAll<HTMLAnchorElement>('a.demo-poster')) {
    poster.addEventListener('click', (event) => {
      event.preventDefault()
      const frame = page.createElement('iframe')
      frame.src = poster.href
      frame.title = 'The demo: a spiking network learns in this page'
      frame.className = 'demo-frame'
      poster.replaceWith(frame)
      frame.focus()
    })
  }
}
