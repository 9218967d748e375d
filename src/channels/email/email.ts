import { type Channel } from '../channel.ts'
import { dialTimeoutMs, planMails, templateNames } from './plan.ts'
import { type EmailRequest } from './request.ts'
import { EmailConfigSpec, EmailOptions, EmailReceiverSpec } from './schema.ts'
import { createSender } from './sender.ts'

/** What one attempt may take after the server has greeted; `notificationTimeout` bounds what comes before. */
const dialogueTimeoutMs = 30_000

/** Mail, by way of a mail server that takes it for delivery (SMTP). */
export const email: Channel<EmailConfigSpec, EmailReceiverSpec, EmailOptions, EmailRequest> = {
  name: 'email',
  config: {
    kind: 'EmailConfig',
    plural: 'emailconfigs',
    shortNames: ['ec'],
    description: 'A mail server, and who its mails are from: how EmailReceivers are mailed.',
    spec: EmailConfigSpec,
  },
  receiver: {
    kind: 'EmailReceiver',
    plural: 'emailreceivers',
    shortNames: ['er'],
    description: 'Mail addresses to tell about alerts.',
    spec: EmailReceiverSpec,
  },
  configSelectorField: 'emailConfigSelector',
  options: EmailOptions,
  templates: {
    subject: { name: templateNames.subject, format: 'text', option: 'subjectTemplate' },
    body: { name: templateNames.body, format: 'html', option: 'template' },
    // The plain text beside the HTML is always the default's: no option names another.
    text: { name: templateNames.text, format: 'text', option: '' },
  },
  needsConfig: () => true,
  plan: planMails,
  preview: ({ to, subject, text, html }) => ({ to, title: subject, text, html }),
  timeoutMs: (options) => dialTimeoutMs(options) + dialogueTimeoutMs,
  open: createSender,
}
