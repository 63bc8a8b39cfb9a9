namespace Mirage.Scripts;

/// <summary>The scripts that an argument names: a file, or all below a folder.</summary>
public static class ScriptFiles
{
    public static bool TryFind(string path, out IReadOnlyList<string> files, out string problem)
    {
        files = [path];
        problem = "";
        if (File.Exists(path))
        {
            return true;
        }

        if (!Directory.Exists(path))
        {
            problem = "there is no such file or folder";
            return false;
        }

        files = [.. Directory.EnumerateFiles(path, "*.pkt", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        problem = files.Count == 0 ? "there is no script (*.pkt) in this folder" : "";
        return files.Count > 0;
    }
}
