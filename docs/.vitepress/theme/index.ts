/** The look of the site, programs that run in their page, and the demo on the home page. */
import { h, onMounted, watch } from 'vue'
import { useRoute } from 'vitepress'
import DefaultTheme from 'vitepress/theme'
import type { Theme } from 'vitepress'
import surface from '../../images/demo/surface.png'
import { embedDemo } from './embedDemo.js'
import { linkFigures } from './linkFigures.js'
import { offerToRun } from './run/offerToRun.js'
import './site.css'

export default {
  extends: DefaultTheme,
  Layout: () =>
    h(DefaultTheme.Layout, null, {
      'home-hero-image': () =>
        h('img', {
          class: 'hero-figure',
          src: surface,
          alt: 'A surface that a spiking network learns, coloured by its error, under a net that is the target',
        }),
    }),
  setup() {
    const route = useRoute()
    const prepare = (): void => {
      // The theme's home page and its page of a missing address have no main landmark.
      const content = document.querySelector('.VPContent')
      if (content?.querySelector('main') === null) content.setAttribute('role', 'main')
      else content?.removeAttribute('role')
      embedDemo(document)
      offerToRun(document)
      linkFigures(document)
    }
    onMounted(() => {
      prepare()
      // After the new page is in the document.
      watch(
        () => route.path,
        () => void setTimeout(prepare),
        { flush: 'post' },
      )
    })
  },
} satisfies Theme
