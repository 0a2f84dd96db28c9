using Microsoft.Azure.Functions.Worker.Builder;

namespace Tidemark.Functions.Hosting;

/// <summary>Creates the app.</summary>
public static class TidemarkApp
{
    /// <summary>Registers everything that the worker runs.</summary>
    /// <param name="args">The arguments with which the Functions host starts the worker.</param>
    /// <exception cref="InvalidOperationException">Settings are invalid; the message lists all mistakes.</exception>
    public static FunctionsApplicationBuilder CreateBuilder(string[] args)
    {
        FunctionsApplicationBuilder builder = FunctionsApplication.CreateBuilder(args);
        builder.ConfigureFunctionsWebApplication();
        builder.Services.AddTelemetry(builder.Configuration);
        builder.Services.AddTidemark(builder.Configuration);
        return builder;
    }
}
