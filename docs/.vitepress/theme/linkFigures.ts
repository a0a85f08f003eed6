/** Makes each figure of a page a link to its file: on a phone, a wide figure is too small to read. */
export function linkFigures(page: Document): void {
  for (const image of page.querySelectorAll<HTMLImageElement>('.vp-doc p > img')) {
    const link = page.createElement('a')
    link.href = image.src
    link.className = 'figure-link'
    link.title = 'Open the figure alone'
    image.replaceWith(link)
    link.append(image)
  }
}
