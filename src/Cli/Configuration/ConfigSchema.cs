namespace Tidemark.Cli.Configuration;

/// <summary>The JSON schema of the configuration, by which an editor completes and checks it.</summary>
internal static class ConfigSchema
{
    /// <summary>The member of a configuration that names its schema. It is for editors, and decides nothing.</summary>
    public const string Key = "$schema";

    private const string Resource = "tidemark.schema.json";

    /// <summary>Writes the schema.</summary>
    public static void CopyTo(Stream output)
    {
        using Stream schema = typeof(ConfigSchema).Assembly.GetManifestResourceStream(Resource)!;
        schema.CopyTo(output);
    }
}
