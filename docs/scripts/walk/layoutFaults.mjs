/** @import { Page } from 'playwright' */

/**
 * The faults in the layout of a page at the width of its window: parts that stick out, pictures that do not load or
 * whose text says nothing.
 *
 * @param {Page} tab
 * @returns {Promise<string[]>}
 */
export const layoutFaults = (tab) =>
  tab.evaluate(async () => {
    /** @type {string[]} */
    const faults = []
    const width = innerWidth
    /** @param {Element} element */
    const nameOf = (element) =>
      `<${element.tagName.toLowerCase()} class="${element.getAttribute('class') ?? ''}"> ${(element.textContent ?? '').trim().slice(0, 40)}`
    /** Whether a parent scrolls or cuts what sticks out of it. @param {Element} element */
    const isHeld = (element) => {
      for (let e = element.parentElement; e !== null && e !== document.body; e = e.parentElement)
        if (getComputedStyle(e).overflowX !== 'visible') return true
      return false
    }
    if (document.documentElement.scrollWidth > width) {
      const wide = [...document.querySelectorAll('#app *')].filter(
        (e) => e.getBoundingClientRect().right > width + 1 && !isHeld(e),
      )
      faults.push(
        `${document.documentElement.scrollWidth} pixels wide of ${width}: ${wide.slice(0, 3).map(nameOf).join('; ')}`,
      )
    }
    for (const image of document.querySelectorAll('img')) {
      await image.decode().catch(() => undefined)
      if (image.naturalWidth === 0) faults.push(`${image.src} does not load`)
      if (image.alt.trim().split(/\s+/).length < 3) faults.push(`${image.src} has the text '${image.alt}'`)
    }
    return faults
  })
