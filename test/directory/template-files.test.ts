import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { brief, configMap, createFolder, load, manager } from './fixture.ts'

describe('template files', () => {
  const volumes = (extra = '', mount = '') => `    options:
      global:
        templateFile:
        - /etc/notification-manager/template
  volumeMounts:
  - mountPath: /etc/notification-manager/
    name: template
${mount}  volumes:
  - configMap:
      name: template
${extra}    name: template
`

  it('come from a ConfigMap that the NotificationManager mounts', async (t) => {
    const map =
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: template\ndata:\n  template: |\n    first line\n    second\n'
    const folder = createFolder(t, { 'm.yaml': manager(volumes()), 'c.yaml': map })
    const { snapshot } = await load([folder.path])

    assert.deepEqual(snapshot.problems, [])
    assert.deepEqual(snapshot.templateFiles, [
      {
        path: '/etc/notification-manager/template',
        text: 'first line\nsecond\n',
        origin: { file: join(folder.path, 'c.yaml'), line: 7 },
      },
    ])
  })

  it('are taken from the own namespace first, then from others', async (t) => {
    const folder = createFolder(t, {
      'm.yaml': manager(volumes()),
      'c.yaml': ['aaa', 'monitoring', 'zzz']
        .map((name) => configMap('template', { template: name }, name))
        .join('---\n'),
    })

    assert.equal((await load([folder.path])).snapshot.templateFiles[0]?.text, 'monitoring')
    assert.equal((await load([folder.path], { ownNamespace: 'other' })).snapshot.templateFiles[0]?.text, 'aaa')
  })

  it('follow items, subPath, folders and globs', async (t) => {
    const data = configMap('template', { one: '1', two: '2', 'three.tmpl': '3' })
    const paths = async (spec: string): Promise<readonly string[]> => {
      const folder = createFolder(t, { 'm.yaml': manager(spec), 'c.yaml': data })
      const { snapshot } = await load([folder.path])
      assert.deepEqual(snapshot.problems, [])
      return snapshot.templateFiles.map(({ path, text }) => `${path}=${text}`)
    }
    const items = '      items:\n      - {key: two, path: template}\n'
    const inFolder = '      items:\n      - {key: one, path: template/x}\n      - {key: two, path: template/y}\n'
    const subPath = volumes().replace(
      'mountPath: /etc/notification-manager/',
      'subPath: one\n    mountPath: /etc/notification-manager/template',
    )

    assert.deepEqual(await paths(volumes(items)), ['/etc/notification-manager/template=2'])
    assert.deepEqual(await paths(volumes(inFolder)), [
      '/etc/notification-manager/template/x=1',
      '/etc/notification-manager/template/y=2',
    ])
    assert.deepEqual(await paths(subPath), ['/etc/notification-manager/template=1'])
    assert.deepEqual(await paths(volumes().replace('manager/template\n', 'manager/*.tmpl\n')), [
      '/etc/notification-manager/three.tmpl=3',
    ])
  })

  it('come from disk when nothing mounts them, relative to the manifest', async (t) => {
    const options = (path: string) => manager(`    options:\n      global:\n        templateFile: [${path}]\n`)
    const folder = createFolder(t, { 'm.yaml': options('t/*.tmpl'), 't/a.tmpl': 'A', 't/b.tmpl': 'B', 't/c.txt': 'C' })
    const globbed = await load([folder.path])
    folder.write('m.yaml', options(join(folder.path, 't')))
    const all = await load([folder.path])

    assert.deepEqual(
      globbed.snapshot.templateFiles.map(({ text }) => text),
      ['A', 'B'],
    )
    assert.deepEqual(
      all.snapshot.templateFiles.map(({ text }) => text),
      ['A', 'B', 'C'],
    )
  })

  it('that are nowhere are a warning on the NotificationManager, with the name of a missing ConfigMap', async (t) => {
    const folder = createFolder(t, { 'm.yaml': manager(volumes()) })
    const { snapshot } = await load([folder.path])

    assert.deepEqual(brief(snapshot.problems), ['TemplateNotFound spec.receivers.options.global.templateFile[0]@11'])
    assert.match(snapshot.problems[0]!.remedy, /add the ConfigMap template/u)
    assert.equal(snapshot.problems[0]?.severity, 'warning')
    assert.equal(snapshot.managers.length, 1)
  })

  it('are those of the NotificationManager in force', async (t) => {
    const second = manager('    options:\n      global:\n        templateFile: [two.tmpl]\n').replace(
      'name: notification-manager',
      'name: z',
    )
    const folder = createFolder(t, {
      'm.yaml': `${manager('    options:\n      global:\n        templateFile: [one.tmpl]\n')}---\n${second}`,
      'one.tmpl': '1',
      'two.tmpl': '2',
    })

    assert.deepEqual(
      (await load([folder.path])).snapshot.templateFiles.map(({ text }) => text),
      ['1'],
    )
    assert.deepEqual(
      (await load([folder.path], { managerName: 'z' })).snapshot.templateFiles.map(({ text }) => text),
      ['2'],
    )
  })
})
