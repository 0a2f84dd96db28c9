using System.CommandLine;
using System.Text;
using Tidemark.Cli.Terminal;

namespace Tidemark.Cli.Help;

/// <summary>The help of a command, in lines that fit the terminal. Tables of options have room for the longest word only where there is.</summary>
internal static class HelpText
{
    private const int MaxWidth = 120;
    private const int DefaultWidth = 100;
    private const int MinWidth = 40;
    private const int Indent = 2;
    private const int LabelWidth = 24;

    /// <summary>The first line of a command's description.</summary>
    public static string Summary(Command command) => (command.Description ?? "").Split('\n', 2)[0].TrimEnd('.');

    /// <summary>The help of all commands: what there is, and where more is told.</summary>
    public static string OfAll(Command root, int? width)
    {
        StringBuilder text = new();
        int columns = Columns(width);
        WrappedText.Append(text, $"tidemark: {root.Description}", 0, columns);
        text.Append("\nUsage: tidemark COMMAND [OPTIONS]\n\nCommands:\n");
        foreach (Command command in root.Subcommands.Where(command => !command.Hidden))
        {
            AppendRow(text, command.Name, Summary(command), LabelWidth / 2, columns);
        }

        text.Append("\nOptions:\n");
        AppendOptions(text, root.Options, columns);
        text.Append("\nStart here:\n  tidemark demo\n  tidemark help run\n");
        return text.ToString();
    }

    /// <summary>The help of one command.</summary>
    public static string Of(Command command, IEnumerable<Option> inherited, int? width)
    {
        StringBuilder text = new();
        int columns = Columns(width);
        AppendParagraphs(text, command.Description ?? "", columns);
        string arguments = string.Concat(command.Arguments.Select(argument => $" {argument.HelpName ?? argument.Name}"));
        text.Append($"\nUsage: tidemark {command.Name}{arguments} [OPTIONS]\n\nOptions:\n");
        AppendOptions(text, command.Options.Concat(inherited), columns);
        return text.ToString();
    }

    private static int Columns(int? width) => width is { } given ? Math.Clamp(given, MinWidth, MaxWidth) : DefaultWidth;

    private static void AppendOptions(StringBuilder text, IEnumerable<Option> options, int columns)
    {
        foreach (Option option in options.Where(option => !option.Hidden))
        {
            string names = string.Join(", ", option.Aliases.Append(option.Name).Where(name => name[0] == '-').OrderBy(name => name.Length));
            string label = option.HelpName is null ? names : $"{names} {option.HelpName}";
            string description = option.Description ?? "";
            bool tellsDefault = description.Contains("[default:", StringComparison.Ordinal);
            if (!tellsDefault && option.HasDefaultValue && option.GetDefaultValue() is { } value and not bool)
            {
                description += $" [default: {value}]";
            }

            AppendRow(text, label, description, LabelWidth, columns);
        }
    }

    /// <summary>A label with its explanation beside it, or below where the label is too long.</summary>
    private static void AppendRow(StringBuilder text, string label, string explanation, int labelWidth, int columns)
    {
        int start = Indent + labelWidth + Indent;
        text.Append(' ', Indent).Append(label);
        int used = Indent + label.Length;
        if (used + Indent > start)
        {
            text.Append('\n');
            used = 0;
        }

        text.Append(' ', start - used);
        WrappedText.Append(text, explanation, start, columns);
    }

    /// <summary>Text whose lines that are indented, such as examples, stay as they are; all others are filled anew.</summary>
    private static void AppendParagraphs(StringBuilder text, string description, int columns)
    {
        List<string> paragraph = [];
        foreach (string line in description.ReplaceLineEndings("\n").Split('\n').Append(""))
        {
            bool isFixed = line.Length == 0 || line[0] == ' ';
            if (isFixed && paragraph.Count > 0)
            {
                WrappedText.Append(text, string.Join(' ', paragraph), 0, columns);
                paragraph.Clear();
            }

            if (isFixed)
            {
                text.Append(line).Append('\n');
            }
            else
            {
                paragraph.Add(line);
            }
        }

        text.Length--; // of two blank lines at the end, one
    }
}
