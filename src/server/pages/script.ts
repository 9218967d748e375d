/**
 * The only script: shows times in the reader's own zone, clears the mailbox on request, and replaces the list when the newest
 * message has changed. Without it the pages still work; the list then refreshes itself by a meta element.
 */
export const script = `
'use strict'
const showTimes = () => {
  for (const time of document.querySelectorAll('time')) {
    const at = new Date(time.dateTime)
    const today = at.toDateString() === new Date().toDateString()
    time.textContent = today ? at.toLocaleTimeString() : at.toLocaleString()
    time.title = time.dateTime
  }
}
const refresh = async () => {
  const answer = await fetch(location.href)
  if (!answer.ok) return
  const next = new DOMParser().parseFromString(await answer.text(), 'text/html')
  const [now, then] = [document.querySelector('main'), next.querySelector('main')]
  if (now.dataset.state === then.dataset.state) return
  now.replaceWith(then)
  document.querySelector('.lead').replaceWith(next.querySelector('.lead'))
  document.title = next.title
  showTimes()
}
showTimes()
if (document.querySelector('main[data-state]') !== null) {
  setInterval(() => { if (!document.hidden) refresh().catch(() => undefined) }, 2000)
  document.addEventListener('visibilitychange', () => { if (!document.hidden) refresh().catch(() => undefined) })
}
const clear = document.getElementById('clear')
if (clear !== null) {
  clear.hidden = false
  clear.addEventListener('click', async () => {
    await fetch('/mailbox', { method: 'DELETE' })
    await refresh()
  })
}
`
