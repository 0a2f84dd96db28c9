using System.CommandLine;
using System.Text;

namespace Tidemark.Cli.Help;

/// <summary><c>tidemark completion SHELL</c>: a script by which a shell asks the command itself what may come next.</summary>
internal static class CompletionCommand
{
    private const string Text =
        """
        Print a script that lets your shell complete commands, options and their values.

        Examples:
          eval "$(tidemark completion bash)"    # in ~/.bashrc
          eval "$(tidemark completion zsh)"     # in ~/.zshrc, after compinit
          tidemark completion fish > ~/.config/fish/completions/tidemark.fish

        Exit codes: 0 done, 1 failed, 2 wrong usage.
        """;

    // The text up to the cursor goes to the [suggest] directive. Where that knows nothing, as for a path, the shell completes a file.
    private const string Bash =
        """
        _tidemark() {
            local IFS=$'\n' line="${COMP_LINE:0:$COMP_POINT}" word="${COMP_WORDS[COMP_CWORD]}"
            COMPREPLY=($(compgen -W "$(tidemark "[suggest:${#line}]" "$line" 2>/dev/null)" -- "$word"))
        }
        complete -o default -F _tidemark tidemark

        """;

    private const string Zsh =
        """
        #compdef tidemark
        _tidemark() {
            local line="${(j: :)words[1,CURRENT]}"
            local -a found
            found=(${(f)"$(tidemark "[suggest:${#line}]" "$line" 2>/dev/null)"})
            if (( $#found )); then compadd -- $found; else _files; fi
        }
        if [ "$funcstack[1]" = "_tidemark" ]; then _tidemark "$@"; else compdef _tidemark tidemark; fi

        """;

    private const string Fish =
        """
        function __tidemark_complete
            set -l line (commandline -cp)
            set -l found (tidemark "[suggest:"(string length -- $line)"]" $line 2>/dev/null | string match -v '')
            if test (count $found) -gt 0
                printf '%s\n' $found
            else
                __fish_complete_path (commandline -ct)
            end
        end
        complete -c tidemark -f -a '(__tidemark_complete)'

        """;

    private static readonly Dictionary<string, string> Scripts = new(StringComparer.Ordinal) { ["bash"] = Bash, ["zsh"] = Zsh, ["fish"] = Fish };

    /// <summary>Builds the command.</summary>
    public static Command Create(CommandContext context)
    {
        string shells = string.Join('|', Scripts.Keys);
        Argument<string?> shell = new("SHELL") { HelpName = shells, Arity = ArgumentArity.ZeroOrOne };
        shell.CompletionSources.Add([.. Scripts.Keys]);
        Command command = new("completion", Text) { shell };
        command.Validators.Add(result =>
        {
            string? name = result.GetResult(shell) is { Tokens: [var given, ..] } ? given.Value : null;
            if (name is null || !Scripts.ContainsKey(name))
            {
                result.AddError($"expected {shells}, got {(name is null ? "nothing" : $"'{name}'")}");
            }
        });
        command.SetAction(parsed =>
        {
            using Stream output = context.OpenStandardOutput();
            output.Write(Encoding.UTF8.GetBytes(Scripts[parsed.GetValue(shell)!]));
            return CommandRunner.Done;
        });
        return command;
    }
}
