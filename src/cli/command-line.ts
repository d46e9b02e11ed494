// The command line's parser. The only file that knows commander.
export { Command, CommanderError } from 'commander';
