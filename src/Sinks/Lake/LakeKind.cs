namespace Tidemark.Sinks.Lake;

/// <summary>The lake: the durable record of all results.</summary>
public sealed class LakeKind : SinkKind
{
    private const string Connection = "ConnectionString";

    /// <inheritdoc/>
    public override string Name => "Lake";

    /// <inheritdoc/>
    public override string MainSetting => "Root";

    /// <inheritdoc/>
    public override SinkPlan? Read(ISinkSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        string? root = settings.Text(MainSetting);
        AzureLogin login = new() { ConnectionString = settings.Text(Connection), ClientId = settings.Text("ClientId") };
        Check(settings, root, login);
        return root is null ? null : new LakePlan(root, login);
    }

    private void Check(ISinkSettings settings, string? root, AzureLogin login)
    {
        if (root is null || !AzureRoot.IsMeant(root))
        {
            if (login.ConnectionString is not null)
            {
                string got = root is null ? "none" : "a directory";
                settings.Mistake(Connection, $"expected {settings.FullName(MainSetting)} beside it to be {AzureRoot.Expected}, got {got}");
            }

            return;
        }

        string setting = MainSetting;
        try
        {
            AzureRoot parsed = AzureRoot.Parse(root);
            setting = Connection;
            login.RequireFit(parsed);
        }
        catch (SinkException problem)
        {
            settings.Mistake(setting, problem.Message);
        }
    }
}

/// <summary>A configured lake.</summary>
/// <param name="Root">A directory, or an address in Azure.</param>
/// <param name="Login">The login for a root in Azure.</param>
public sealed record LakePlan(string Root, AzureLogin Login) : SinkPlan("Lake")
{
    /// <summary>The files compacted per pass when several processes write: small, since the closing of windows waits for it.</summary>
    private const int FilesPerPassBesideOthers = 256;

    /// <inheritdoc/>
    public override string? Folder => AzureRoot.IsMeant(Root) ? null : Root;

    /// <inheritdoc/>
    public override IEnumerable<string?> Secrets => [Login.ConnectionString];

    /// <inheritdoc/>
    public override Task<IResultSink> OpenAsync(SinkContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        LakeFiles files = AzureRoot.IsMeant(Root) ? AzureLake.Open(Root, Login) : LocalLake.Open(Root);
        LakeOptions options = context.OthersWrite ? new() { OthersWrite = true, MaxFilesPerPass = FilesPerPassBesideOthers } : new();
        return Task.FromResult<IResultSink>(new LakeSink(files, context.Windows, options, context.Time));
    }

    /// <inheritdoc/>
    public override Task<IResultReader> OpenReaderAsync(TimeProvider time, CancellationToken cancellationToken) =>
        Task.FromResult<IResultReader>(new LakeReader(
            AzureRoot.IsMeant(Root) ? AzureLake.Open(Root, Login, isPatient: false) : LocalLake.OpenToRead(Root)));
}
