using System.Security.Cryptography;
using System.Text;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Tidemark.Sinks.Lake;
using Tidemark.Support.Fixtures;

namespace Tidemark.Sinks.Tests.Lake;

/// <summary>One Azurite for all tests that do not harm it; each test has a container of its own.</summary>
public sealed class AzuriteFixture : IDisposable
{
    private readonly AzuriteServer _server = AzuriteServer.Start();

    internal string ConnectionString => _server.ConnectionString;

    internal BlobBench Open() => new(_server);

    public void Dispose() => _server.Dispose();
}

[CollectionDefinition("azurite")]
public sealed class AzuriteFixtureDefinition : ICollectionFixture<AzuriteFixture>;

/// <summary>A lake in a container of its own, which does not exist yet, and plain eyes on what is there.</summary>
internal sealed class BlobBench
{
    private const string Folder = "shop/a";

    private readonly AzuriteServer _server;

    public BlobBench(AzuriteServer server)
    {
        _server = server;
        string container = $"lake-{Guid.NewGuid():N}";
        Root = $"{server.BlobEndpoint}/{container}/{Folder}";
        Raw = new BlobContainerClient(server.ConnectionString, container);
        Lake = AzureLake.Open(Root);
    }

    public string Root { get; }

    /// <summary>A plain client of the container.</summary>
    public BlobContainerClient Raw { get; }

    /// <summary>The lake as the product opens it, by its root alone.</summary>
    public AzureLake Lake { get; }

    /// <summary>A lake in the same place whose requests go through a handler, retried without waiting.</summary>
    /// <param name="http">Sees every request.</param>
    /// <param name="configure">Changes the options further.</param>
    /// <param name="isAzure">Whether the lake takes the account for one in Azure and not for the emulator's.</param>
    public BlobLake Through(DelegatingHandler http, Action<BlobClientOptions>? configure = null, bool isAzure = false)
    {
        BlobClientOptions options = BlobLake.Options(isPatient: true);
        options.Transport = new HttpClientTransport(new HttpClient(http));
        options.Retry.Delay = options.Retry.MaxDelay = TimeSpan.FromMilliseconds(1);
        configure?.Invoke(options);
        AzureRoot root = AzureRoot.Parse(isAzure ? $"https://account.blob.core.windows.net/{Raw.Name}/{Folder}" : Root);
        return new BlobLake(new BlobContainerClient(_server.ConnectionString, Raw.Name, options), root);
    }

    /// <summary>Every blob below the root by its path, with a hash of its bytes.</summary>
    public async Task<SortedDictionary<string, string>> ContentsAsync()
    {
        SortedDictionary<string, string> contents = new(StringComparer.Ordinal);
        await foreach (BlobItem blob in Raw.GetBlobsAsync())
        {
            Assert.StartsWith(Folder + "/", blob.Name, StringComparison.Ordinal);
            contents[blob.Name[(Folder.Length + 1)..]] = Convert.ToHexString(SHA256.HashData(await BytesAsync(blob.Name)));
        }

        return contents;
    }

    /// <summary>Copies every blob into a folder, for readers of files.</summary>
    public async Task DownloadAsync(string folder)
    {
        await foreach (BlobItem blob in Raw.GetBlobsAsync())
        {
            string file = Path.Combine(folder, blob.Name[(Folder.Length + 1)..]);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllBytesAsync(file, await BytesAsync(blob.Name));
        }
    }

    /// <summary>The blob of a file of the lake.</summary>
    public BlobClient Blob(string path) => Raw.GetBlobClient($"{Folder}/{path}");

    private async Task<byte[]> BytesAsync(string name) => (await Raw.GetBlobClient(name).DownloadContentAsync()).Value.Content.ToArray();
}

/// <summary>Stands between the client and the service, and may answer in its place or lose answers.</summary>
/// <param name="send">Gets each request, and how to pass it on.</param>
internal sealed class FaultyHttp(Func<HttpRequestMessage, Func<Task<HttpResponseMessage>>, Task<HttpResponseMessage>> send)
    : DelegatingHandler(new SocketsHttpHandler())
{
    /// <summary>Requests so far, by method and the end of the path.</summary>
    public List<string> Requests { get; } = [];

    public static string PathOf(HttpRequestMessage request) => Uri.UnescapeDataString(request.RequestUri!.AbsolutePath);

    /// <summary>An answer as the service gives it.</summary>
    public static HttpResponseMessage Answer(int status, string code)
    {
        string text = $"<Error><Code>{code}</Code><Message>sig=SECRET AccountKey=SECRET</Message></Error>";
        return new((System.Net.HttpStatusCode)status)
        {
            Headers = { { "x-ms-error-code", code } },
            Content = new StringContent(text, Encoding.UTF8, "application/xml"),
        };
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        lock (Requests)
        {
            Requests.Add($"{request.Method} {request.RequestUri!.Segments[^1]}");
        }

        return send(request, () => base.SendAsync(request, cancellationToken));
    }
}
