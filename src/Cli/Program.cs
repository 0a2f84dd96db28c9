using System.Globalization;
using Tidemark.Cli;

// Numbers, times and messages are the same for everybody; the libraries' own messages would else be in another language.
CultureInfo.CurrentUICulture = CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.InvariantCulture;
CommandContext context = CommandContext.ForProcess();
return await CommandRunner.RunAsync(TidemarkCommand.Create(context), args, context).ConfigureAwait(false);
