# A recipe for termux-packages: put this folder and python-llama-cpp into its packages/, set EDGE_REPAIR_SOURCE to a checkout
# of edge_repair, and run ./build-package.sh -a aarch64 edge-repair
# Not built yet by anyone; see native/termux/README.md.
TERMUX_PKG_DESCRIPTION="Make a local GGUF model forget, in the chat, offline, reversibly"
TERMUX_PKG_LICENSE="Apache-2.0"
TERMUX_PKG_MAINTAINER="@termux-user-repository"
TERMUX_PKG_VERSION="0.1.0"
TERMUX_PKG_SKIP_SRC_EXTRACT=true
TERMUX_PKG_DEPENDS="python, python-llama-cpp, python-numpy, python-onnxruntime, python-pip"
TERMUX_PKG_PYTHON_COMMON_BUILD_DEPS="wheel, 'setuptools>=77'"
TERMUX_PKG_PYTHON_RUNTIME_DEPS="'gguf>=0.17', 'click>=8.1', 'rich>=13', 'platformdirs>=4', 'jinja2>=3.1.6'"
TERMUX_PKG_EXCLUDED_ARCHES="arm, i686"
TERMUX_PKG_PLATFORM_INDEPENDENT=true
TERMUX_PKG_BUILD_IN_SRC=true

termux_step_get_source() {
	if [ ! -f "${EDGE_REPAIR_SOURCE:-}/pyproject.toml" ]; then
		termux_error_exit "set EDGE_REPAIR_SOURCE to a checkout of edge_repair"
	fi
	mkdir -p "$TERMUX_PKG_SRCDIR"
	local _name
	for _name in pyproject.toml README.md LICENSE edge_repair models; do
		cp -r "$EDGE_REPAIR_SOURCE/$_name" "$TERMUX_PKG_SRCDIR/"
	done
}

termux_step_make() {
	:
}

termux_step_make_install() {
	cross-pip install --no-build-isolation --no-deps --prefix="$TERMUX_PREFIX" "$TERMUX_PKG_SRCDIR"
}
