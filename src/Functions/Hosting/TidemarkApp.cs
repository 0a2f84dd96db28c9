using Microsoft.Azure.Functions.Worker.Builder;

namespace Tidemark.Functions.Hosting;

/// <summary>The app, ready to be built.</summary>
public static class TidemarkApp
{
    /// <summary>Registers everything that the worker runs.</summary>
    /// <param name="args">The arguments that the Functions host starts the worker with.</param>
    /// <exception cref="InvalidOperationException">Some settings are wrong: the message lists all of them.</exception>
    public static FunctionsApplicationBuilder CreateBuilder(string[] args)
    {
        FunctionsApplicationBuilder builder = FunctionsApplication.CreateBuilder(args);
        builder.ConfigureFunctionsWebApplication();
        builder.Services.AddTelemetry(builder.Configuration);
        builder.Services.AddTidemark(builder.Configuration);
        return builder;
    }
}
