#!/usr/bin/env node
process.stderr.write('bench: no command is built yet\n')
