using System.Runtime.CompilerServices;
using Azure;
using Azure.Core;
using Azure.Identity;

namespace Tidemark.Sinks.Lake;

/// <summary>
/// A lake in an Azure storage account; the common part of both services. Every change is conditional on the ETag that was read.
/// docs/LAKE.md lists the requests.
/// </summary>
public abstract class AzureLake : LakeFiles
{
    private static readonly string[] MissingContainer = ["ContainerNotFound", "FilesystemNotFound"];

    // Errors that have the status of a failed condition although the file need not have changed.
    private static readonly string[] Refusals = ["ContainerBeingDeleted", "FilesystemBeingDeleted", "BlobImmutableDueToPolicy", "LeaseIdMissing"];

    private protected AzureLake(AzureRoot root)
        : base(root.ToString()) => (Prefix, IsEmulator) = (root.Path.Length == 0 ? "" : root.Path + "/", root.IsEmulator);

    /// <summary>The path of the lake in the container, put before the path of each file.</summary>
    private protected string Prefix { get; }

    /// <summary>Whether a missing container is created, and reads as empty until then.</summary>
    private protected bool IsEmulator { get; }

    /// <summary>Opens a lake. No request is sent yet.</summary>
    /// <param name="root">One of the forms in <see cref="AzureRoot.Expected"/>.</param>
    /// <param name="login">The login; null for the identity of the machine or the developer.</param>
    /// <param name="isPatient">
    /// True for background work: a request is retried for about a minute before it fails. False for interactive use: for a few seconds.
    /// </param>
    /// <exception cref="SinkException">The root or the login cannot be used.</exception>
    /// <exception cref="NotSupportedException">This build lacks the client of Data Lake Storage.</exception>
    public static AzureLake Open(string root, AzureLogin? login = null, bool isPatient = true)
    {
        AzureRoot parsed = AzureRoot.Parse(root);
        login ??= new AzureLogin();
        login.RequireFit(parsed);
        return parsed.Service == AzureService.Blob
            ? new BlobLake(login.Client(parsed, BlobLake.Options(isPatient)), parsed)
            : AdlsLake.Open(parsed, login, isPatient);
    }

    /// <summary>Sets how often and how long requests are retried.</summary>
    private protected static T Configured<T>(T options, bool isPatient)
        where T : ClientOptions
    {
        options.Retry.Mode = RetryMode.Exponential;
        options.Retry.MaxRetries = isPatient ? 6 : 2;
        options.Retry.MaxDelay = TimeSpan.FromSeconds(20);
        options.Retry.NetworkTimeout = TimeSpan.FromSeconds(30);
        return options;
    }

    /// <summary>The condition of a write: the file has a given tag, or does not exist.</summary>
    private protected static T Condition<T>(string? tag)
        where T : RequestConditions, new() => new() { IfMatch = tag is null ? null : new ETag(tag), IfNoneMatch = tag is null ? ETag.All : null };

    /// <summary>The last part of a path.</summary>
    private protected static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    /// <summary>Whether query engines ignore a file or folder.</summary>
    private protected static bool IsHidden(string path) => NameOf(path).StartsWith('_');

    private protected static bool IsContainerMissing(RequestFailedException error) => MissingContainer.Contains(error.ErrorCode);

    /// <summary>Runs a request, which the SDK retries.</summary>
    /// <returns>
    /// The response; or <paramref name="otherwise"/> for status 404, 409 or 412, which means that the file is not in the expected state.
    /// </returns>
    private protected async Task<T> TryAsync<T>(string verb, string path, T otherwise, Func<Task<T>> request)
    {
        try
        {
            return await request().ConfigureAwait(false);
        }
        catch (RequestFailedException error) when (IsOtherThanThought(error))
        {
            return otherwise;
        }
        catch (Exception error) when (error is RequestFailedException or AuthenticationFailedException or AggregateException)
        {
            throw Failed(verb, FullPath(path), error);
        }
    }

    /// <summary>The items of a paged listing; none when the folder does not exist.</summary>
    private protected async IAsyncEnumerable<T> ItemsAsync<T>(
        string folder, AsyncPageable<T> listing, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : notnull
    {
        await using IAsyncEnumerator<T> items = listing.GetAsyncEnumerator(cancellationToken);
        while (await TryAsync("list", folder, false, () => items.MoveNextAsync().AsTask()).ConfigureAwait(false))
        {
            yield return items.Current;
        }
    }

    private bool IsOtherThanThought(RequestFailedException error) =>
        error.Status is 404 or 409 or 412 && (IsEmulator || !IsContainerMissing(error)) && !Refusals.Contains(error.ErrorCode);

    /// <summary>
    /// The exception for a request that failed after all retries. The SDK's own message is left out: it may contain headers and addresses.
    /// </summary>
    private SinkException Failed(string verb, string file, Exception error)
    {
        RequestFailedException? answer = error is RequestFailedException { Status: > 0 } found ? found : null;
        string reason = answer is null
            ? $"no answer from Azure ({error.GetType().Name})"
            : $"Azure answered {answer.Status} {answer.ErrorCode}".TrimEnd();
        return new SinkException($"cannot {verb} {file}: {reason}{Advice(error, answer)}")
        {
            IsTransient = answer is null ? error is not AuthenticationFailedException : answer.Status is 408 or 429 or >= 500,
        };
    }

    private string Advice(Exception error, RequestFailedException? answer) => answer?.ErrorCode switch
    {
        "InvalidHeaderValue" when IsEmulator => "; start Azurite with --skipApiVersionCheck: it is older than this client",
        "ContainerNotFound" or "FilesystemNotFound" => "; create the container first, or correct the root",
        "AuthenticationFailed" => "; the key or signature is not the account's, or the clock of this machine is wrong",
        "AuthorizationPermissionMismatch" => "; the identity needs the role Storage Blob Data Contributor on the container",
        "AuthorizationFailure" => "; the network rules of the account, or the rights of the signature, do not allow it",
        "KeyBasedAuthenticationNotPermitted" => "; the account takes no keys: leave the connection string out, to come as an identity",
        _ => error is AuthenticationFailedException ? "; there is no identity to log in as: run `az login`, or give a connection string" : "",
    };
}
