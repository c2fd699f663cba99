#include "cli/commands/command.hpp"
#include "cli/completion_scripts.hpp"

namespace blc::cli {

void add_completion(Commands& commands) {
  auto shell = std::make_shared<std::string>();
  const auto command = commands.add(commands.app, "completion", "Print the completion script of a shell", [shell](Session& session) -> Result<Exit> {
    session.output().raw(completion_script(*shell));
    return Exit::done;
  });
  command.add_option("shell", *shell, "whose: bash, zsh or fish").required().one_of({"bash", "zsh", "fish"});
}

}  // namespace blc::cli
