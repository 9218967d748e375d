#!/usr/bin/env node
import { run } from './cli/program.ts'
import { createToolbox } from './toolbox.ts'

process.exitCode = await run(process.argv.slice(2), createToolbox(process))
