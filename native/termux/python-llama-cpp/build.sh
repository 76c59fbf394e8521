# A recipe for termux-packages: put this folder into its packages/ and run ./build-package.sh -a aarch64 python-llama-cpp
# Not built yet by anyone; see native/termux/README.md.
TERMUX_PKG_HOMEPAGE=https://github.com/abetlen/llama-cpp-python
TERMUX_PKG_DESCRIPTION="Python bindings for llama.cpp, with the library itself"
TERMUX_PKG_LICENSE="MIT"
TERMUX_PKG_LICENSE_FILE="LICENSE.md"
TERMUX_PKG_MAINTAINER="@termux-user-repository"
TERMUX_PKG_VERSION="0.3.36"
TERMUX_PKG_SRCURL=git+https://github.com/abetlen/llama-cpp-python
TERMUX_PKG_GIT_BRANCH="v${TERMUX_PKG_VERSION}"
TERMUX_PKG_DEPENDS="libc++, python, python-numpy, python-pip"
TERMUX_PKG_PYTHON_COMMON_BUILD_DEPS="wheel, scikit-build-core"
TERMUX_PKG_PYTHON_RUNTIME_DEPS="diskcache, jinja2, typing-extensions"
# The engine is of use on 64 bits only: a model does not fit into the address space of the others.
TERMUX_PKG_EXCLUDED_ARCHES="arm, i686"
TERMUX_PKG_BUILD_IN_SRC=true

termux_step_configure() {
	# CMake runs inside pip below.
	:
}

termux_step_make() {
	:
}

termux_step_make_install() {
	termux_setup_cmake
	termux_setup_ninja
	# GGML_NATIVE off: the builder's processor is not the phone's. OpenMP off: its threads wait by spinning, which on a
	# phone's unequal cores costs more than it gives.
	local _options="-DGGML_OPENMP=OFF -DGGML_NATIVE=OFF -DLLAVA_BUILD=OFF"
	if [ "$TERMUX_ON_DEVICE_BUILD" = "false" ]; then
		_options+=" -DCMAKE_SYSTEM_NAME=Android -DCMAKE_SYSTEM_PROCESSOR=$TERMUX_ARCH"
		_options+=" -DCMAKE_C_COMPILER=$(command -v "$CC") -DCMAKE_CXX_COMPILER=$(command -v "$CXX")"
	fi
	CMAKE_ARGS="$_options" cross-pip install --no-build-isolation --no-deps --prefix="$TERMUX_PREFIX" "$TERMUX_PKG_SRCDIR"
}
