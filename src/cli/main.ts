/** Entry point; commands are registered in commands/. */
process.exitCode = 0;
