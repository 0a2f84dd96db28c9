using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Text;

namespace Tidemark.Cli.Help;

/// <summary><c>tidemark help [COMMAND]</c>, which <c>tidemark COMMAND --help</c> and <c>tidemark</c> alone are other words for.</summary>
internal static class HelpCommand
{
    /// <summary>Adds the command to the others, takes the place of the library's help, and answers a command line without a command.</summary>
    public static void AddTo(RootCommand root, CommandContext context)
    {
        Argument<string?> name = new("COMMAND") { HelpName = "[COMMAND]", Arity = ArgumentArity.ZeroOrOne };
        name.CompletionSources.Add(_ => root.Subcommands.Select(command => new System.CommandLine.Completions.CompletionItem(command.Name)));
        Command help = new("help", "Explain a command, or list them all.") { name };
        help.Validators.Add(result =>
        {
            if (result.GetResult(name) is { Tokens: [var given, ..] } && Find(root, given.Value) is null)
            {
                result.AddError(UsageMistakes.UnknownCommand(given.Value, root));
            }
        });
        help.SetAction(parsed => Show(root, Find(root, parsed.GetValue(name)) ?? root, context));
        root.Subcommands.Add(help);
        root.SetAction(_ => Show(root, root, context));
        root.Options.Remove(root.Options.OfType<HelpOption>().Single());
        root.Options.Add(new HelpOption("--help", "-h", "-?") { Description = "Show this help.", Action = new ShowHelp(root, context) });
        root.Options.OfType<VersionOption>().Single().Description = "Show the version.";
    }

    private static Command? Find(RootCommand root, string? name) => root.Subcommands.FirstOrDefault(command => command.Name == name);

    private static int Show(RootCommand root, Command command, CommandContext context)
    {
        int? width = context.Output.Width?.Invoke();
        string text = command == root ? HelpText.OfAll(root, width) : HelpText.Of(command, root.Options.Where(option => option.Recursive), width);
        using Stream output = context.OpenStandardOutput();
        output.Write(Encoding.UTF8.GetBytes(text));
        return CommandRunner.Done;
    }

    private sealed class ShowHelp(RootCommand root, CommandContext context) : SynchronousCommandLineAction
    {
        /// <summary>Whoever asks for help is not told of mistakes.</summary>
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult) => Show(root, parseResult.CommandResult.Command, context);
    }
}
